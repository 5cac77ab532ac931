import { type OperatorText, operatorAnnotations, parseOperator } from '#runtime/operator.ts';
import { ShimError } from '../errors.ts';

/**
 * The settings among a container's annotations (runtime/operator.ts). They are read here to be refused before
 * anything is made; the runtime, which uses them, reads them again.
 *
 * @throws ShimError invalid-argument that names the annotation
 */
export function readOperatorAnnotations(annotations: Readonly<Record<string, string>>): OperatorText {
  const text = operatorAnnotations(annotations);
  try {
    parseOperator(text);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new ShimError('invalid-argument', message, { cause });
  }
  return text;
}
