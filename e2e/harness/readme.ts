/** A command that a README shows, and what it says there that it prints. */
export interface ShownCommand {
  readonly command: string;
  readonly output: string;
}

/** The commands of all blocks of `console` in a text of Markdown: lines after `$ `, each with what it prints. */
export function shownCommands(markdown: string): readonly ShownCommand[] {
  const blocks = [...markdown.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return { command: part.slice(0, end), output: part.slice(end + 1) };
      }),
  );
}
