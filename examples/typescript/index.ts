import texts from './_lib/texts.json' with { type: 'json' };
import { listNotes } from './_lib/notes.ts';

export default {
  async fetch(): Promise<Response> {
    const notes = await listNotes();
    return Response.json({ title: texts.title, notes });
  },
} satisfies ExportedHandler;
