import { readNote, removeNote, writeNote } from '../_lib/notes.ts';

const MOST_CHARACTERS = 10_000;

export default {
  async fetch(request): Promise<Response> {
    const { id = '' } = request.params;
    switch (request.method) {
      case 'GET': {
        const note = await readNote(id);
        return note === undefined ? problem(404, `There is no note "${id}"`) : Response.json(note);
      }
      case 'PUT': {
        const text = request.body;
        if (text.length > MOST_CHARACTERS) return problem(413, `A note has ${MOST_CHARACTERS} characters at most`);
        await writeNote(id, { text, written: new Date().toISOString() });
        return new Response(null, { status: 204 });
      }
      case 'DELETE':
        await removeNote(id);
        return new Response(null, { status: 204 });
      default:
        return problem(405, 'Notes take GET, PUT and DELETE');
    }
  },
} satisfies ExportedHandler;

function problem(status: number, title: string): Response {
  return Response.json({ title }, { status });
}
