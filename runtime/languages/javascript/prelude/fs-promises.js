/** `node:fs/promises`: what `files.js` does, with its errors as rejections. */
import * as files from './files.js';

const later =
  (call) =>
  async (...args) =>
    call(...args);

export const { constants } = files;
export const readFile = later(files.readFileSync);
export const writeFile = later(files.writeFileSync);
export const appendFile = later(files.appendFileSync);
export const readdir = later(files.readdirSync);
export const stat = later(files.statSync);
export const lstat = later(files.lstatSync);
export const access = later(files.accessSync);
export const mkdir = later(files.mkdirSync);
export const rmdir = later(files.rmdirSync);
export const unlink = later(files.unlinkSync);
export const rm = later(files.rmSync);
export const rename = later(files.renameSync);
export const copyFile = later(files.copyFileSync);

export default {
  constants,
  readFile,
  writeFile,
  appendFile,
  readdir,
  stat,
  lstat,
  access,
  mkdir,
  rmdir,
  unlink,
  rm,
  rename,
  copyFile,
};
