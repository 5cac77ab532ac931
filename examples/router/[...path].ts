import { Router } from './_lib/router.ts';

const books = new Map([
  ['1', { title: 'Walden', year: 1854 }],
  ['2', { title: 'Moby-Dick', year: 1851 }],
]);

const app = new Router()
  // Around all the others: marks their answers, and answers for those that fail.
  .use('*', async (_context, next) => {
    try {
      const response = await next();
      response?.headers.set('x-served-by', 'wws');
      return response;
    } catch (error) {
      console.error(error);
      return Response.json({ error: 'It failed' }, { status: 500 });
    }
  })
  .get('/', () => new Response('A library\n', { headers: { 'content-type': 'text/plain' } }))
  .get('/books', ({ url }) => {
    const before = Number(url.searchParams.get('before') ?? Number.POSITIVE_INFINITY);
    return Response.json([...books.values()].filter(({ year }) => year < before));
  })
  .get('/books/:id', ({ params: { id = '' } }) => {
    const book = books.get(id);
    return book && Response.json(book);
  })
  .post('/echo', async ({ request }) => Response.json({ got: await request.json() }))
  .get('/broken', () => {
    throw new Error('on purpose');
  });

export default app;
