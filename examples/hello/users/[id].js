// Served at /users/<anything>: the part in brackets arrives in `request.params`.
addEventListener('fetch', (event) => {
  const { id } = event.request.params;
  event.respondWith(Response.json({ id, greeting: `${GREETING}, user ${id}` }));
});
