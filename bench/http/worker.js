export default {
  fetch(request) {
    return new Response(`hello, ${request.url.length}\n`, { headers: { 'content-type': 'text/plain' } });
  },
};
