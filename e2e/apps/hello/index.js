// Module-level state is fresh in every request: `visits` is always 1.
let visits = 0;

export default {
  fetch(request) {
    visits += 1;
    console.error(`index.js saw ${request.method}`);
    return new Response(`javascript visits=${visits}`);
  },
};
