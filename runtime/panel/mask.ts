/** In place of what is secret; its length says nothing. */
export const MASK = '••••••';

/** In place of the value of a parameter. */
const HIDDEN = '…';

const PATH_CHARACTERS = 512;
const NAME_CHARACTERS = 64;
const PARAMETERS = 16;

/**
 * A request's target as the panel keeps it: its path, and the names of its parameters without their values, in
 * which clients send tokens and addresses. A parameter without `=` is a value.
 */
export function maskTarget(target: string): string {
  const origin = target.startsWith('/') ? target : withoutAuthority(target);
  const mark = origin.indexOf('?');
  if (mark === -1) return cut(origin, PATH_CHARACTERS);
  const all = origin.slice(mark + 1).split('&', PARAMETERS + 1);
  const shown = all.slice(0, PARAMETERS).map((parameter) => {
    const equals = parameter.indexOf('=');
    return equals === -1 ? HIDDEN : `${cut(parameter.slice(0, equals), NAME_CHARACTERS)}=${HIDDEN}`;
  });
  if (all.length > PARAMETERS) shown.push(HIDDEN);
  return `${cut(origin.slice(0, mark), PATH_CHARACTERS)}?${shown.join('&')}`;
}

/** `http://user:password@host/path` of those who take us for a proxy. */
function withoutAuthority(target: string): string {
  if (!URL.canParse(target)) return HIDDEN;
  const { pathname, search } = new URL(target);
  return `${pathname}${search}`;
}

export function cut(text: string, characters: number): string {
  return text.length <= characters ? text : `${text.slice(0, characters)}${HIDDEN}`;
}
