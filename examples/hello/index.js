// Served at /. Module-level state is fresh in every request: `visits` is always 1.
let visits = 0;

export default {
  fetch(request) {
    visits += 1;
    return new Response(`Hello from JavaScript. You asked for ${request.url}; visits in this instance: ${visits}\n`, {
      headers: { 'content-type': 'text/plain; charset=utf-8' },
    });
  },
};
