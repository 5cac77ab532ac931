// Counts its visits in the K/V namespace.
export default () => {
  Cache.set('count', Number(Cache.get('count') ?? 0) + 1);
  return new Response(Cache.get('count'));
};
