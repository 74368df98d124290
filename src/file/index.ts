export { assertWritable, identityOf, type OutputPlace, statOf, writeOutput } from './output.ts';
export { packageFile } from './package.ts';
export { MAX_FILE_BYTES, openFile, readFile, readText } from './read.ts';
export { errnoText, isAbsent, reasonOf } from './reason.ts';
export { type FileStore, type OpenFile, openStore, readEach, readFully, storeOf, writeFully } from './store.ts';
export { removeTemporariesOnSignals } from './temporary.ts';
export { copyFile, makeFolder, Replacement, replaceFile, type WriteOptions, writeFile } from './write.ts';
