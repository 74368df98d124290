import { statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../fault.ts';
import { bootDevice } from './device.ts';
import type { AnchorOption } from './device-trust.ts';
import { folderImageSource } from './image-source.ts';
import type { ChainShape } from './lock.ts';
import type { BootReport } from './report.ts';
import { serveMessage } from './serve-messages.ts';

/** What the file system says of a file: a change of content changes one of these. */
type Stamp = string;

/**
 * Gives access to the files of a folder: only to names of a chain, only while the chain is
 * verified, and only files that are still the ones that were verified.
 */
export class VerifiedFolder {
  readonly #folder: string;
  readonly #rotpk: string;
  readonly #anchor: AnchorOption;
  readonly #shape: ChainShape;
  #stamps = new Map<string, Stamp | undefined>();
  #report: BootReport | undefined;

  constructor({
    folder,
    rotpk,
    anchor = { named: rotpk },
    shape,
  }: {
    readonly folder: string;
    readonly rotpk: string;
    readonly anchor?: AnchorOption | undefined;
    readonly shape: ChainShape;
  }) {
    this.#folder = folder;
    this.#rotpk = rotpk;
    this.#anchor = anchor;
    this.#shape = shape;
  }

  /** Verifies the chain as it is now. What it finds holds until the next call or the next change of a file. */
  async verify(): Promise<BootReport> {
    this.#report = undefined;
    // Taken before, so that a change in the middle of the verification counts as one after it.
    const stamps = new Map(this.#files.map((name) => [name, this.#stampOf(name)]));
    const report = await bootDevice({
      imageSource: folderImageSource(this.#folder),
      rotpk: this.#rotpk,
      anchor: this.#anchor,
      ...this.#shape,
    });
    this.#stamps = stamps;
    this.#report = report;
    return report;
  }

  /** The file that a request means. Faults `tftp/not-found`, and `tftp/access` for a chain that does not verify now. */
  admit(request: string): string {
    const name = request.replace(/^\/+/, '');
    if (!this.#files.includes(name)) throw new Fault('tftp/not-found', { name: request });
    if (this.#report === undefined || this.#report.verdict === 'refused') {
      throw new Fault('tftp/access', { name: request, reason: serveMessage('serve/not-verified') });
    }
    if (this.#stampOf(name) !== this.#stamps.get(name)) {
      throw new Fault('tftp/access', { name: request, reason: serveMessage('serve/changed') });
    }
    return name;
  }

  /** Opens the file that a request means, and looks again: the name may have got another file in between. */
  open<Opened>(request: string, open: (name: string) => Opened, close: (opened: Opened) => void): Opened {
    const opened = open(this.admit(request));
    try {
      this.admit(request);
      return opened;
    } catch (error) {
      close(opened);
      throw error;
    }
  }

  get #files(): readonly string[] {
    return Object.values(this.#shape.names);
  }

  /** Whether a file is another one than was verified. */
  get stale(): boolean {
    return this.#files.some((name) => this.#stampOf(name) !== this.#stamps.get(name));
  }

  #stampOf(name: string): Stamp | undefined {
    const status = statSync(join(this.#folder, name), { bigint: true, throwIfNoEntry: false });
    return status && [status.dev, status.ino, status.size, status.mtimeNs, status.ctimeNs].join(':');
  }
}
