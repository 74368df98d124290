import { readdirSync } from 'node:fs';
import { utf8 } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import {
  type FileSink,
  folderSink,
  MemoryWritableFile,
  memoryFile,
  sendTftp,
  type WritableFile,
} from '../tftp/index.ts';
import {
  isReportName,
  MAX_REPORT_BYTES,
  parseBoardReport,
  printBoardReport,
  REPORT_FOLDER,
  type ReportEvent,
} from './board-report.ts';
import type { BootReport } from './report.ts';
import { serveMessage } from './serve-messages.ts';
import type { BootServer } from './tftp-image-source.ts';

/** Where reports of boards go. */
export interface ReportOptions {
  /** Keeps the latest report of each name here, as `NAME.report.json`; in memory alone where it is not given. */
  readonly folder?: string | undefined;
  readonly onReport: (event: ReportEvent) => void;
}

/** Boards that a server takes reports from. Further names are refused, so that invented names cannot fill the disk. */
const MAX_REPORTERS = 1000;
const SUFFIX = '.report.json';

/**
 * Takes reports of boards, written to `reports/NAME`, and nothing else. A report is told when it has come whole and is
 * one; what is kept is written from what was parsed. Nothing that is written here is ever served.
 *
 * Faults: `file/read` for a folder that is not there.
 */
export function reportSink({ folder, onReport }: ReportOptions): FileSink {
  const kept = folder === undefined ? undefined : folderSink(folder, { overwrite: true, limitBytes: MAX_KEPT_BYTES });
  const names = new Set(folder === undefined ? [] : readdirSync(folder).filter((file) => file.endsWith(SUFFIX)));
  return {
    create(path, { peer, mode, size }) {
      const name = nameIn(path);
      if (size !== undefined && size > MAX_REPORT_BYTES) {
        throw new Fault('tftp/too-large', { size, limit: MAX_REPORT_BYTES });
      }
      if (!names.has(name + SUFFIX) && names.size >= MAX_REPORTERS) {
        throw new Fault('tftp/access', {
          name: path,
          reason: serveMessage('report/too-many', { limit: MAX_REPORTERS }),
        });
      }
      return new ReportFile((bytes) => {
        const report = parseBoardReport(bytes, name);
        if (kept !== undefined) {
          const file = kept.create(name + SUFFIX, { peer, mode });
          keep(file, utf8(`${JSON.stringify({ name, from: peer.address, report }, undefined, 2)}\n`));
        }
        names.add(name + SUFFIX);
        onReport({ kind: 'report', peer, name, report });
      });
    },
  };
}

/** Sends the report of a boot to the server that it was booted from. Faults: those of `sendTftp`. */
export async function sendBoardReport(
  { host, port, folder }: BootServer,
  name: string,
  report: BootReport,
): Promise<void> {
  await sendTftp({ host, port, name: `${folder}${REPORT_FOLDER}/${name}`, file: memoryFile(printBoardReport(report)) });
}

/** Indented, and with the name and address in front. */
const MAX_KEPT_BYTES = 4 * MAX_REPORT_BYTES;

function nameIn(path: string): string {
  const [folder, name = '', ...rest] = path.replace(/^\/+/, '').split('/');
  if (folder !== REPORT_FOLDER || rest.length > 0 || !isReportName(name)) {
    throw new Fault('tftp/name', { name: path, reason: serveMessage('report/name', { folder: REPORT_FOLDER }) });
  }
  return name;
}

class ReportFile implements WritableFile {
  readonly #bytes = new MemoryWritableFile(MAX_REPORT_BYTES);
  readonly #take: (bytes: Uint8Array) => void;

  constructor(take: (bytes: Uint8Array) => void) {
    this.#take = take;
  }

  write(bytes: Uint8Array): void {
    this.#bytes.write(bytes);
  }

  commit(): void {
    this.#take(this.#bytes.bytes);
  }

  abort(): void {
    this.#bytes.abort();
  }
}

function keep(file: WritableFile, bytes: Uint8Array): void {
  try {
    file.write(bytes);
    file.commit();
  } catch (error) {
    file.abort();
    throw error;
  }
}
