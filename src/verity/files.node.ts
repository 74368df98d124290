/** Hash trees of files: memory stays the same whatever their size, and several threads hash. Node only. */
export { type FormatFilesOptions, type FormattedFiles, formatFiles, type TextFile } from './files/format.node.ts';
export { type FecFile, readFecLayout } from './files/parity.node.ts';
export { type RepairFilesOptions, repairFiles } from './files/repair.node.ts';
export type { OnProgress, TreeProgress } from './files/tree.node.ts';
export {
  type ComparedLevel,
  checkFiles,
  compareFiles,
  type FilesComparison,
  type FilesReport,
  type ParityRange,
  type VerifyFilesOptions,
} from './files/verify.node.ts';
