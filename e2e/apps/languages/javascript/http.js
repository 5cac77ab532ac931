// Passes on what another server answers.
export default async () => new Response(await (await fetch(UPSTREAM)).text());
