/** The functions over files: Node only. */

export { type FormatFilesOptions, type FormattedFiles, formatFiles, type TextFile } from './files/format.node.ts';
export type { FecFile } from './files/parity.node.ts';
export { type RepairFilesOptions, repairFiles } from './files/repair.node.ts';
export { checkFiles, type FilesReport, type VerifyFilesOptions } from './files/verify.node.ts';
