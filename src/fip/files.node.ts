/** FIPs on disk: only the table is read, payloads are streamed, outputs are written whole or not at all. */
export { assertWholePadding, type FileImage, type FipFile, imageChunks, openFip, openWholeFip } from './open.node.ts';
export { type FileSigning, hashRange, signFipFile, verifyFipFile } from './sign.node.ts';
export { type FipProgress, writeFip, writeImage } from './write.node.ts';
