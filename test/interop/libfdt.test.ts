import fc from 'fast-check';
import koffi from 'koffi';
import { expect } from 'vitest';
import { Editor, makeTree, type NodeItem, type TreeNode, writeBlob } from '../../src/devicetree/index.ts';
import { isFault } from '../../src/fault.ts';
import { interop } from '../support/program.ts';

/** One edit of both sides; nodes are chosen by index into the current tree. */
type Edit =
  | { readonly kind: 'set' | 'append'; readonly node: number; readonly name: number; readonly value: Uint8Array }
  | { readonly kind: 'delete' | 'nop'; readonly node: number; readonly name: number }
  | { readonly kind: 'add' | 'rename'; readonly node: number; readonly name: number }
  | { readonly kind: 'delete-node' | 'nop-node'; readonly node: number }
  | { readonly kind: 'reserve'; readonly address: bigint; readonly size: bigint }
  | { readonly kind: 'unreserve' }
  | { readonly kind: 'pack' }
  | { readonly kind: 'grow'; readonly size: number };

const PROPERTY_NAMES = ['data', 'value', 'key-value', 'hash-algo', 'algo', 'go', 'description', 'x'];
const NODE_NAMES = ['a', 'images', 'kernel-1', 'hash-1', 'hash@1', 'a-long-node-name', 'sig'];

const value = fc.uint8Array({ maxLength: 41 });
const node = fc.nat(20);
const name = fc.nat(7);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('set', 'append'), node, name, value }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('delete', 'nop'), node, name }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('add', 'rename'), node, name: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('delete-node', 'nop-node'), node }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('reserve'), address: fc.bigInt(0n, 99n), size: fc.bigInt(1n, 99n) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('unreserve', 'pack') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('grow'), size: fc.nat(300) }) },
) as fc.Arbitrary<Edit>;

const LEAF: TreeNode = { name: '', properties: [], children: [] };
const start = tree(2);

function tree(depth: number): fc.Arbitrary<TreeNode> {
  const properties = fc.uniqueArray(fc.record({ name, value }), { selector: (p) => p.name, maxLength: 4 });
  const child = fc.record({ name: fc.nat(6), node: depth === 0 ? fc.constant(LEAF) : tree(depth - 1) });
  const children = fc.uniqueArray(child, { selector: (one) => one.name, maxLength: depth === 0 ? 1 : 3 });
  return fc.record({ properties, children }).map((parts) => ({
    name: '',
    properties: parts.properties.map((property) => ({ name: PROPERTY_NAMES[property.name]!, value: property.value })),
    children: parts.children.map((child) => ({ ...child.node, name: NODE_NAMES[child.name]! })),
  }));
}

interop(['dtc'], 'law: edits leave the same bytes as libfdt, free room and padding included', () => {
  const fdt = openLibfdt();
  fc.assert(
    fc.property(start, fc.array(edit, { maxLength: 30 }), fc.nat(600), (root, edits, room) => {
      const blob = writeBlob(makeTree(root));
      const size = blob.length + room;
      const ours = new Editor(blob, { size, grow: false });
      const theirs = new Uint8Array(size + 20_000);
      fdt.openInto(blob, theirs, size);
      let total = size;
      for (const one of edits) {
        if (one.kind === 'grow') {
          total += one.size;
          fdt.openInto(theirs.slice(0, total - one.size), theirs, total);
          ours.resize(total);
          continue;
        }
        const nodes = nodesOf(ours.root);
        const target = 'node' in one ? nodes[one.node % nodes.length]! : ours.root;
        const { path } = target;
        // Both would go on with the first of two equal names: they are not what this law is about.
        if (one.kind === 'rename' && target.parent?.child(NODE_NAMES[one.name]!) !== undefined) continue;
        const error = apply(ours, target, one);
        expect([one.kind, fdt.apply(theirs, path, one)]).toEqual([one.kind, error]);
        if (one.kind === 'pack') {
          total = ours.totalSize;
          theirs.fill(0, total);
        }
      }
      expect(Buffer.from(ours.bytes()).equals(theirs.subarray(0, total))).toBe(true);
    }),
    { numRuns: 500 },
  );
});

function nodesOf(root: NodeItem): NodeItem[] {
  return [root, ...[...root.children()].flatMap(nodesOf)];
}

/** Applies an edit to ours; gives libfdt's error number for it. */
function apply(ours: Editor, target: NodeItem, one: Exclude<Edit, { kind: 'grow' }>): number {
  try {
    switch (one.kind) {
      case 'set':
        ours.setProperty(target, PROPERTY_NAMES[one.name]!, one.value);
        return 0;
      case 'append':
        ours.appendProperty(target, PROPERTY_NAMES[one.name]!, one.value);
        return 0;
      case 'delete':
        return ours.deleteProperty(target, PROPERTY_NAMES[one.name]!) ? 0 : -1;
      case 'nop':
        return ours.nopProperty(target, PROPERTY_NAMES[one.name]!) ? 0 : -1;
      case 'add':
        ours.addNode(target, NODE_NAMES[one.name]!);
        return 0;
      case 'rename':
        if (target !== ours.root) ours.rename(target, NODE_NAMES[one.name]!);
        return 0;
      case 'delete-node':
        if (target !== ours.root) ours.deleteNode(target);
        return 0;
      case 'nop-node':
        if (target !== ours.root) ours.nopNode(target);
        return 0;
      case 'reserve':
        ours.addReservation(one);
        return 0;
      case 'unreserve':
        if (ours.reservations.length === 0) return -1;
        ours.deleteReservation(0);
        return 0;
      case 'pack':
        ours.pack();
        return 0;
    }
  } catch (error) {
    if (isFault(error, 'devicetree/no-space')) return -3;
    if (isFault(error, 'devicetree/exists')) return -2;
    throw error;
  }
}

function openLibfdt() {
  const library = koffi.load('libfdt.so.1');
  const define = (text: string) => library.func(text);
  const openInto = define('int fdt_open_into(const uint8_t *fdt, uint8_t *buf, int size)');
  const pathOffset = define('int fdt_path_offset(const uint8_t *fdt, const char *path)');
  const set = define(
    'int fdt_setprop(_Inout_ uint8_t *fdt, int node, const char *name, const uint8_t *value, int size)',
  );
  const append = define(
    'int fdt_appendprop(_Inout_ uint8_t *fdt, int node, const char *name, const uint8_t *value, int size)',
  );
  const remove = define('int fdt_delprop(_Inout_ uint8_t *fdt, int node, const char *name)');
  const nop = define('int fdt_nop_property(_Inout_ uint8_t *fdt, int node, const char *name)');
  const add = define('int fdt_add_subnode(_Inout_ uint8_t *fdt, int node, const char *name)');
  const rename = define('int fdt_set_name(_Inout_ uint8_t *fdt, int node, const char *name)');
  const removeNode = define('int fdt_del_node(_Inout_ uint8_t *fdt, int node)');
  const nopNode = define('int fdt_nop_node(_Inout_ uint8_t *fdt, int node)');
  const reserve = define('int fdt_add_mem_rsv(_Inout_ uint8_t *fdt, uint64_t address, uint64_t size)');
  const unreserve = define('int fdt_del_mem_rsv(_Inout_ uint8_t *fdt, int index)');
  const pack = define('int fdt_pack(_Inout_ uint8_t *fdt)');
  return {
    openInto(from: Uint8Array, to: Uint8Array, size: number): void {
      expect(openInto(from, to, size)).toBe(0);
    },
    apply(fdt: Uint8Array, path: string, one: Exclude<Edit, { kind: 'grow' }>): number {
      const at: number = pathOffset(fdt, path);
      const result: number = (() => {
        switch (one.kind) {
          case 'set':
            return set(fdt, at, PROPERTY_NAMES[one.name], one.value, one.value.length);
          case 'append':
            return append(fdt, at, PROPERTY_NAMES[one.name], one.value, one.value.length);
          case 'delete':
            return remove(fdt, at, PROPERTY_NAMES[one.name]);
          case 'nop':
            return nop(fdt, at, PROPERTY_NAMES[one.name]);
          case 'add':
            return add(fdt, at, NODE_NAMES[one.name]);
          case 'rename':
            return path === '/' ? 0 : rename(fdt, at, NODE_NAMES[one.name]);
          case 'delete-node':
            return path === '/' ? 0 : removeNode(fdt, at);
          case 'nop-node':
            return path === '/' ? 0 : nopNode(fdt, at);
          case 'reserve':
            return reserve(fdt, one.address, one.size);
          case 'unreserve':
            return unreserve(fdt, 0);
          case 'pack':
            return pack(fdt);
        }
      })();
      return Math.min(0, result);
    },
  };
}
