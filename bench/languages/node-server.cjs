'use strict';
// The yardstick of `first-request`: the shortest server that Node can be started with.
require('node:http')
  .createServer((_, response) => response.end('hello\n'))
  .listen(Number(process.argv[2]), '127.0.0.1');
