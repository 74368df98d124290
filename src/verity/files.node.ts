/** The functions over files: Node only. */
export type { FecFile } from './fec.node.ts';
export { type FormatFilesOptions, type FormattedFiles, formatFiles, type TextFile } from './format.node.ts';
export { type RepairFilesOptions, repairFiles } from './repair.node.ts';
export { checkFiles, type FilesReport, type VerifyFilesOptions } from './verify.node.ts';
