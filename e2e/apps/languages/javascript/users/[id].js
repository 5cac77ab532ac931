// Answers with the parameter of its route.
export default (request) => new Response(request.params.id);
