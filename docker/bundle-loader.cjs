'use strict';
/**
 * Every program and thread of the installation is this file under its name: it runs the bundle beside it,
 * with V8's code cache of all its functions, which are otherwise compiled while a container waits. V8 passes
 * over a cache that another version has made. Nothing writes one here: it is made at build time.
 */
const { readFileSync } = require('node:fs');
const { Script, constants } = require('node:vm');

const bundle = __filename.replace(/cjs$/, 'bundle');
const script = new Script(readFileSync(bundle, 'utf8'), {
  filename: bundle,
  cachedData: readFileSync(__filename.replace(/cjs$/, 'cache')),
  importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
script.runInThisContext()(exports, require, module, __filename, __dirname);
