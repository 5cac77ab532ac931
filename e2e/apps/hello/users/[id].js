addEventListener('fetch', (event) => {
  event.respondWith(Response.json({ id: event.request.params.id, greeting: GREETING }));
});
