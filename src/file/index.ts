export { packageFile } from './package.ts';
export { openRandom, type RandomFile } from './random.ts';
export { type OpenFile, openFile, readFile, readText, reasonOf, WHOLE_FILE_MAX_BYTES } from './read.ts';
export { copyFile, makeFolder, replaceFile, type WriteOptions, writeFile } from './write.ts';
