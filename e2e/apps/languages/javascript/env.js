// Answers with a variable of its configuration.
export default () => new Response(GREETING);
