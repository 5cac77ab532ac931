/**
 * What a worker in JavaScript or TypeScript has beside ECMAScript itself. For an editor and tsc:
 *
 *     { "compilerOptions": { "lib": ["es2024"], "types": ["wws"], "allowImportingTsExtensions": true, "noEmit": true } }
 *
 * Neither the DOM's declarations nor those of Node fit beside these: workers have only a part of both.
 */
/// <reference path="./crypto.d.ts" />
/// <reference path="./crypto.d.ts" />
/// <reference path="./events.d.ts" />
/// <reference path="./files.d.ts" />
/// <reference path="./forms.d.ts" />
/// <reference path="./http.d.ts" />
/// <reference path="./storage.d.ts" />
/// <reference path="./streams.d.ts" />
/// <reference path="./text.d.ts" />
/// <reference path="./timing.d.ts" />
/// <reference path="./url.d.ts" />
/// <reference path="./worker.d.ts" />
