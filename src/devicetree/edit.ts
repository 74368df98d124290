import { alignUp, concatBytes } from '../binary/index.ts';
import { Fault } from '../fault.ts';
import { type Blob, readBlob } from './blob.ts';
import { Items, type NodeItem, type PropertyItem } from './edit-items.ts';
import { Slack } from './edit-slack.ts';
import { latin1Bytes } from './latin1.ts';
import { Header, NEWEST_VERSION, OLDEST_COMPATIBLE_VERSION, ReservationEntry, TOKEN_SIZE } from './layout.ts';
import { deviceTreeMessage } from './messages.ts';
import { assertPropertyName, StringTable } from './strings.ts';
import type { Reservation } from './tree.ts';

export type { EditToken, NodeItem, NopItem, PropertyItem } from './edit-items.ts';

/** How much space an `Editor` has. */
export interface EditOptions {
  /** Size of the blob while it is edited, as libfdt's `fdt_open_into` takes it; by default that of the input. */
  readonly size?: number;
  /** Whether the blob grows when an edit needs space (default); otherwise the edit faults `devicetree/no-space`. */
  readonly grow?: boolean;
}

/**
 * Edits a blob in place with the semantics of libfdt, byte for byte: a new property comes first in its node, an
 * existing one is resized where it is, a new name goes to the end of the strings block, a new child goes right after
 * its parent's properties. Padding after a new or resized value is not zeroed: it keeps the bytes that lay at that
 * place before, and so does the free space at the end of the blob.
 *
 * Nothing is moved to do so: the blob is held as a list of pieces, large values are views of the caller's bytes and are
 * copied once, by `bytes()`, or never, by `parts()`. Neither the input nor the values given may change meanwhile.
 *
 * @example
 * const edit = new Editor(control, { size: control.length + 1024, grow: false });
 * const key = edit.addNode(edit.addNode(edit.root, 'signature'), 'key-dev');
 * edit.setProperty(key, 'required', utf8('conf\0'));
 * const output = edit.bytes();
 */
export class Editor {
  readonly root: NodeItem;
  readonly #items: Items;
  readonly #slack = new Slack();
  readonly #grow: boolean;
  readonly #lastCompatibleVersion: number;
  readonly #bootCpu: number;
  /** From the header to the structure block: the reservation block, and the gaps around it. */
  #head: Uint8Array;
  readonly #reservations: Reservation[];
  #reservationsOffset: number;
  /** Bytes that lay between the structure block and the strings block. */
  #between: Uint8Array;
  #strings: StringTable;
  #totalSize: number;

  /** @param input the bytes of a blob of version 16 or 17, or one that was read */
  constructor(input: Uint8Array | Blob, options: EditOptions = {}) {
    const blob = input instanceof Uint8Array ? readBlob(input) : input;
    const header = blob.header;
    if (header.version < OLDEST_COMPATIBLE_VERSION) {
      const reason = deviceTreeMessage('devicetree/version-edit', { version: header.version });
      throw new Fault('devicetree/header', { path: `${Header.type}.version`, offset: 0, reason });
    }
    this.#items = new Items(blob);
    this.root = this.#items.root;
    this.#grow = options.grow ?? true;
    this.#bootCpu = header.bootCpu;
    this.#reservations = [...blob.reservations];
    this.#strings = new StringTable(
      blob.bytes.subarray(header.stringsOffset, header.stringsOffset + header.stringsSize),
    );
    const structureEnd = header.structureOffset + this.#items.size;
    const reservationsSize = (this.#reservations.length + 1) * ReservationEntry.size;
    const reservations = blob.bytes.subarray(header.reservationsOffset, header.reservationsOffset + reservationsSize);
    const ordered =
      header.reservationsOffset >= Header.size &&
      header.structureOffset >= header.reservationsOffset + reservationsSize &&
      header.stringsOffset >= structureEnd;
    if (ordered) {
      this.#lastCompatibleVersion = header.lastCompatibleVersion;
      this.#reservationsOffset = header.reservationsOffset;
      this.#head = blob.bytes.subarray(0, header.structureOffset);
      this.#between = blob.bytes.subarray(structureEnd, header.stringsOffset);
      this.#slack.prepend([blob.bytes.subarray(header.stringsOffset + header.stringsSize)]);
      this.#totalSize = header.totalSize;
    } else {
      this.#lastCompatibleVersion = OLDEST_COMPATIBLE_VERSION;
      this.#reservationsOffset = Header.size;
      this.#head = concatBytes([new Uint8Array(Header.size), reservations]);
      this.#between = new Uint8Array(0);
      this.#totalSize = this.size;
    }
    this.resize(options.size ?? Math.max(header.totalSize, this.size));
  }

  /** Bytes in use: where the strings block ends. */
  get size(): number {
    return this.#head.byteLength + this.#items.size + this.#between.byteLength + this.#strings.size;
  }

  /** Bytes of the whole blob, including the free space at its end. */
  get totalSize(): number {
    return this.#totalSize;
  }

  /** Bytes of the strings block: what a FIT configuration signature records as `hashed-strings`. */
  get stringsSize(): number {
    return this.#strings.size;
  }

  get reservations(): readonly Reservation[] {
    return this.#reservations;
  }

  /** The node at an absolute path of exact names. */
  find(path: string): NodeItem | undefined {
    let node: NodeItem | undefined = this.root;
    for (const name of path.split('/')) if (name !== '') node = node?.child(name);
    return node;
  }

  /** As `find`, but a node that does not exist is a fault `devicetree/missing`. */
  get(path: string): NodeItem {
    const node = this.find(path);
    if (node === undefined) throw new Fault('devicetree/missing', { path, offset: 0, what: 'node' });
    return node;
  }

  /** Sets a property (`fdt_setprop`): resized in place, or new and then first in its node. */
  setProperty(node: NodeItem, name: string, value: Uint8Array): void {
    const property = node.property(name);
    if (property === undefined) this.#insertProperty(node, name, value);
    else this.#resizeProperty(property, value);
  }

  /** Adds bytes to the end of a property's value (`fdt_appendprop`), which comes into being if needed. */
  appendProperty(node: NodeItem, name: string, value: Uint8Array): void {
    const property = node.property(name);
    if (property === undefined) this.#insertProperty(node, name, value);
    else this.#resizeProperty(property, concatBytes([property.value, value]));
  }

  /** Removes a property (`fdt_delprop`); gives whether there was one. */
  deleteProperty(node: NodeItem, name: string): boolean {
    const property = node.property(name);
    if (property === undefined) return false;
    this.#shrink(property.size);
    this.#items.remove(property);
    return true;
  }

  /** Overwrites a property with NOP tokens (`fdt_nop_property`): nothing moves. Gives whether there was one. */
  nopProperty(node: NodeItem, name: string): boolean {
    const property = node.property(name);
    if (property === undefined) return false;
    this.#items.nop(property);
    return true;
  }

  /**
   * Adds a child right after its parent's properties (`fdt_add_subnode`).
   *
   * @throws Fault `devicetree/exists` also where `name` has no unit address and a child `name@…` exists, as libfdt
   */
  addNode(parent: NodeItem, name: string): NodeItem {
    if (parent.childLoosely(name) !== undefined) {
      throw new Fault('devicetree/exists', { path: `${parent.path}/${name}`.replace('//', '/'), offset: 0 });
    }
    assertNodeName(name, parent.path);
    const size = 2 * TOKEN_SIZE + alignUp(name.length + 1, 4);
    this.#claim(size, parent.path);
    return this.#items.insertNode(parent, name);
  }

  /** Removes a node and all below it (`fdt_del_node`). The root stays. */
  deleteNode(node: NodeItem): void {
    if (node === this.root) throw new Error('the root of a tree cannot be deleted');
    this.#shrink(node.size);
    this.#items.remove(node);
  }

  /** Overwrites a node and all below it with NOP tokens (`fdt_nop_node`): nothing moves. */
  nopNode(node: NodeItem): void {
    if (node === this.root) throw new Error('the root of a tree cannot be removed');
    this.#items.nop(node);
  }

  /** Gives a node another name (`fdt_set_name`). */
  rename(node: NodeItem, name: string): void {
    if (node === this.root) throw new Error('the root of a tree has no name');
    assertNodeName(name, node.path);
    const grown = alignUp(name.length + 1, 4) - alignUp(node.name.length + 1, 4);
    const tail = this.#peek(this.#items.fromName(node), name.length + 1, alignUp(name.length + 1, 4));
    if (grown < 0) this.#shrink(-grown);
    else this.#claim(grown, node.path);
    this.#items.setName(node, name, tail);
  }

  /** Adds a reservation at the end of the list (`fdt_add_mem_rsv`). */
  addReservation(reservation: Reservation): void {
    this.#claim(ReservationEntry.size, 'reservations');
    const at = this.#reservationsOffset + this.#reservations.length * ReservationEntry.size;
    this.#head = concatBytes([
      this.#head.subarray(0, at),
      ReservationEntry.encode(reservation),
      this.#head.subarray(at),
    ]);
    this.#reservations.push(reservation);
  }

  /** Removes the reservation of an index (`fdt_del_mem_rsv`). */
  deleteReservation(index: number): void {
    if (this.#reservations[index] === undefined) throw new Error(`there is no reservation ${index}`);
    this.#shrink(ReservationEntry.size);
    const at = this.#reservationsOffset + index * ReservationEntry.size;
    this.#head = concatBytes([this.#head.subarray(0, at), this.#head.subarray(at + ReservationEntry.size)]);
    this.#reservations.splice(index, 1);
  }

  /** Changes the size of the whole blob (`fdt_open_into`): new space at the end is zero. */
  resize(totalSize: number): void {
    const need = this.size;
    if (totalSize < need) throw new Fault('devicetree/no-space', { path: '/', offset: 0, need, have: totalSize });
    if (totalSize < this.#totalSize) this.#slack.truncate(totalSize - need);
    else this.#slack.append(new Uint8Array(totalSize - this.#totalSize));
    this.#totalSize = totalSize;
  }

  /** Drops all free space and puts the blocks next to each other (`fdt_pack`). */
  pack(): void {
    const reservationsSize = (this.#reservations.length + 1) * ReservationEntry.size;
    const end = this.#reservationsOffset + reservationsSize;
    this.#head = concatBytes([new Uint8Array(Header.size), this.#head.subarray(this.#reservationsOffset, end)]);
    this.#reservationsOffset = Header.size;
    this.#between = new Uint8Array(0);
    this.#slack.truncate(0);
    this.#totalSize = this.size;
  }

  /** The structure block token by token, each as the pieces that it is made of: what a signature hashes. */
  tokens(): ReturnType<Items['tokens']> {
    return this.#items.tokens();
  }

  /** The strings block. */
  strings(): Uint8Array {
    return this.#strings.bytes();
  }

  /** The blob as pieces in order, large values as views: for writing to a file without another copy. */
  parts(): Uint8Array[] {
    const parts = [this.#header(), this.#head.subarray(Header.size)];
    for (const { bytes } of this.#items.tokens()) parts.push(...bytes);
    parts.push(this.#between, this.#strings.bytes(), ...this.#slack.parts());
    return parts.filter((part) => part.byteLength > 0);
  }

  /** The blob as one new array of `totalSize` bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    return concatBytes(this.parts());
  }

  #header(): Uint8Array {
    return Header.encode({
      totalSize: this.#totalSize,
      structureOffset: this.#head.byteLength,
      stringsOffset: this.#head.byteLength + this.#items.size + this.#between.byteLength,
      reservationsOffset: this.#reservationsOffset,
      version: NEWEST_VERSION,
      lastCompatibleVersion: this.#lastCompatibleVersion,
      bootCpu: this.#bootCpu,
      stringsSize: this.#strings.size,
      structureSize: this.#items.size,
    });
  }

  #insertProperty(node: NodeItem, name: string, value: Uint8Array): void {
    assertPropertyName(name, node.path);
    const size = 3 * TOKEN_SIZE + alignUp(value.byteLength, 4);
    const known = this.#strings.find(name);
    if (known === undefined) this.#claimBoth(name, size, node.path);
    const nameOffset = known ?? this.#strings.add(name);
    const used = 3 * TOKEN_SIZE + value.byteLength;
    const padding = this.#peek(this.#items.fromStartOf(node), used, size);
    if (known === undefined) this.#slack.take(size);
    else this.#claim(size, node.path);
    this.#items.insertProperty(node, { name, nameOffset, value, padding });
  }

  /** Takes the space of a new name; where the property then does not fit, libfdt has written the name already. */
  #claimBoth(name: string, size: number, path: string): void {
    const stringSize = name.length + 1;
    this.#makeRoom(stringSize, path);
    if (!this.#grow && this.#totalSize - this.size < stringSize + size) {
      this.#slack.take(stringSize);
      this.#slack.prepend([latin1Bytes(`${name}\0`)]);
    }
    this.#makeRoom(stringSize + size, path);
    this.#slack.take(stringSize);
  }

  #resizeProperty(property: PropertyItem, value: Uint8Array): void {
    const padded = alignUp(value.byteLength, 4);
    const grown = padded - alignUp(property.value.byteLength, 4);
    const padding = this.#peek(this.#items.fromValueOf(property), value.byteLength, padded);
    if (grown < 0) this.#shrink(-grown);
    else this.#claim(grown, property.parent.path);
    this.#items.setValue(property, value, padding);
  }

  /** The bytes `from` to `to` of the blob, counted from the start of `pieces`: what lies where padding will be. */
  #peek(pieces: Iterable<Uint8Array>, from: number, to: number): Uint8Array {
    const output = new Uint8Array(to - from);
    if (from === to) return output;
    let at = 0;
    for (const piece of this.#onward(pieces)) {
      if (at + piece.byteLength > from) {
        const start = Math.max(0, from - at);
        output.set(piece.subarray(start, to - at), Math.max(0, at - from));
      }
      at += piece.byteLength;
      if (at >= to) break;
    }
    return output;
  }

  *#onward(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
    yield* pieces;
    yield this.#between;
    yield this.#strings.bytes();
    yield* this.#slack.parts();
  }

  /** Takes space at the end of the blob for an edit that makes it longer. */
  #claim(size: number, path: string): void {
    this.#makeRoom(size, path);
    this.#slack.take(size);
  }

  #makeRoom(need: number, path: string): void {
    const have = this.#totalSize - this.size;
    if (have >= need) return;
    if (!this.#grow) throw new Fault('devicetree/no-space', { path, offset: this.size, need, have });
    this.resize(this.size + need);
  }

  /** Frees space: after the move, the last bytes of the blob stay where they are, as free space. */
  #shrink(size: number): void {
    if (size === 0) return;
    const stale: Uint8Array[] = [];
    let left = size;
    for (const piece of this.#backward()) {
      stale.unshift(piece.subarray(Math.max(0, piece.byteLength - left)));
      left -= piece.byteLength;
      if (left <= 0) break;
    }
    this.#slack.prepend(stale);
  }

  *#backward(): Generator<Uint8Array> {
    yield this.#strings.bytes();
    yield this.#between;
    yield* this.#items.backward();
    yield this.#head;
  }
}

function assertNodeName(name: string, path: string): void {
  assertPropertyName(name, path);
  if (name === '' || name.includes('/')) {
    throw new Fault('devicetree/name', { path, offset: 0, reason: deviceTreeMessage('devicetree/bad-name', { name }) });
  }
}
