import { concatBytes, utf8Text, viewOf } from '../../binary/index.ts';
import { latin1Bytes } from '../latin1.ts';
import type { LiveNode, LiveProperty, Marker } from '../source/live.ts';
import { isPhandle } from '../source/phandles.ts';
import type { CheckContext, TreeCheck } from './check.ts';
import { isOneText } from './values.ts';

const NODE_NAME = /[^a-zA-Z0-9,._+@-]/;
const PROPERTY_NAME = /[^a-zA-Z0-9,._+*#?-]/;
/** Names recur by the thousand: those that were found good are not looked at again. */
const goodNames = new Set<string>();
const GOOD_NAMES_MAX = 4096;

/** Checks of names, and those that put references, phandles and unused nodes in their final form. */
export const structureChecks: readonly TreeCheck[] = [
  {
    name: 'duplicate_node_names',
    about: 'Nodes below one parent have different names.',
    failing: '/ { a { }; a { }; };',
    passing: '/ { a { }; b { }; };',
    level: 'error',
    run: duplicateNodes,
  },
  {
    name: 'duplicate_property_names',
    about: 'Properties of one node have different names.',
    failing: '/ { a = <1>; a = <2>; };',
    passing: '/ { a = <1>; b = <2>; };',
    level: 'error',
    run: duplicateProperties,
  },
  {
    name: 'node_name_chars',
    about: 'Node names contain only characters that the specification allows.',
    failing: '/ { a?b { }; };',
    passing: '/ { a-b { }; };',
    level: 'error',
    run(node, { report }) {
      const bad = NODE_NAME.exec(node.name);
      if (bad !== null) report(node, `Bad character '${bad[0]}' in node name`);
    },
  },
  {
    name: 'node_name_format',
    about: "A node name has one '@' at most.",
    failing: '/ { a@1@2 { reg = <1 0 0>; }; };',
    passing: '/ { #address-cells = <1>; #size-cells = <0>; a@1 { reg = <1>; }; };',
    level: 'error',
    needs: ['node_name_chars'],
    run(node, { report }) {
      if (node.unitName.includes('@')) report(node, "multiple '@' characters in node name");
    },
  },
  {
    name: 'property_name_chars',
    about: 'Property names contain only characters that the specification allows.',
    failing: '/ { a@b = <1>; };',
    passing: '/ { a-b = <1>; };',
    level: 'error',
    run(node, { report }) {
      for (const property of node.properties) {
        if (goodNames.has(property.name)) continue;
        const bad = PROPERTY_NAME.exec(property.name);
        if (bad === null && goodNames.size < GOOD_NAMES_MAX) goodNames.add(property.name);
        if (bad !== null) report(node, `Bad character '${bad[0]}' in property name`, property);
      }
    },
  },
  {
    name: 'name_is_string',
    about: "The property 'name' is a string.",
    failing: '/ { a { name = <1>; }; };',
    passing: '/ { a { name = "a"; }; };',
    level: 'error',
    on: 'name',
    run(node, { report }) {
      const name = node.property('name');
      if (name !== undefined && !isOneText(name.value)) report(node, 'property is not a string', name);
    },
  },
  {
    name: 'name_properties',
    about: "The property 'name' is the name of the node.",
    failing: '/ { a { name = "b"; }; };',
    passing: '/ { a { name = "a"; }; };',
    level: 'error',
    on: 'name',
    needs: ['name_is_string'],
    run: redundantName,
  },
  {
    name: 'duplicate_label',
    about: 'A label marks one place.',
    failing: '/ { x: a { }; x: b { }; };',
    passing: '/ { x: a { }; y: b { }; };',
    level: 'error',
    run: duplicateLabels,
  },
  {
    name: 'explicit_phandles',
    about: 'A phandle is a number that no other node has.',
    failing: '/ { a { phandle = <1>; }; b { phandle = <1>; }; };',
    passing: '/ { a { phandle = <1>; }; b { phandle = <2>; }; };',
    level: 'error',
    run: explicitPhandles,
  },
  {
    name: 'phandle_references',
    about: 'A reference leads to a node.',
    failing: '/ { a = <&nowhere>; };',
    passing: '/ { a = <&here>; here: b { }; };',
    level: 'error',
    needs: ['duplicate_node_names', 'explicit_phandles'],
    run: phandleReferences,
  },
  {
    name: 'path_references',
    about: 'A reference to a path leads to a node.',
    failing: '/ { a = &nowhere; };',
    passing: '/ { a = &here; here: b { }; };',
    level: 'error',
    needs: ['duplicate_node_names'],
    run: pathReferences,
  },
  {
    name: 'omit_unused_nodes',
    about: 'Nodes marked /omit-if-no-ref/ that nothing refers to are left out.',
    passing: '/ { /omit-if-no-ref/ a: a { }; };',
    level: 'error',
    needs: ['phandle_references', 'path_references'],
    run(node, { symbols }) {
      if (symbols && node.labels.length > 0) return;
      if (node.omitIfUnused && !node.referenced) node.delete();
    },
  },
];

function duplicateNodes(node: LiveNode, { report }: CheckContext): void {
  if (node.children.length < 2) return;
  const places = new Map<string, number[]>();
  const pairs: { readonly first: number; readonly child: LiveNode }[] = [];
  for (const [i, child] of node.children.entries()) {
    const earlier = places.get(child.name);
    if (earlier === undefined) places.set(child.name, [i]);
    else {
      // A third node of a name is reported against the first and against the second.
      for (const first of earlier) pairs.push({ first, child });
      earlier.push(i);
    }
  }
  pairs.sort((a, b) => a.first - b.first);
  for (const { child } of pairs) report(child, 'Duplicate node name');
}

function duplicateProperties(node: LiveNode, { report }: CheckContext): void {
  const { properties } = node;
  if (properties.length > 16 && new Set(properties.map(({ name }) => name)).size === properties.length) return;
  for (let i = 0; i < properties.length; i++) {
    for (let j = i + 1; j < properties.length; j++) {
      if (properties[i]!.name === properties[j]!.name) report(node, 'Duplicate property name', properties[i]);
    }
  }
}

/** A correct `name` says nothing new and is taken out. */
function redundantName(node: LiveNode, { report }: CheckContext): void {
  const name = node.property('name');
  if (name === undefined) return;
  const written = utf8Text(name.value.subarray(0, -1));
  if (written === node.baseName && name.value.byteLength === node.baseName.length + 1) {
    node.properties.splice(node.properties.indexOf(name), 1);
  } else {
    report(node, `"name" property is incorrect ("${written}" instead of base node name)`);
  }
}

interface Labelled {
  readonly node: LiveNode;
  readonly property?: LiveProperty;
  readonly marker?: Marker;
}

/** Every label with all that carry it; computed once, at the root. */
function duplicateLabels(root: LiveNode, { report, root: top }: CheckContext): void {
  if (root !== top) return;
  const first = new Map<string, Labelled>();
  const found: (Labelled & { readonly label: string })[] = [];
  // dtc finds nodes before properties before places in values.
  const ranks = [
    (node: LiveNode, add: (label: string, at: Labelled) => void) => {
      for (const label of node.labels) add(label, { node });
    },
    (node: LiveNode, add: (label: string, at: Labelled) => void) => {
      for (const property of node.properties) for (const label of property.labels) add(label, { node, property });
    },
    (node: LiveNode, add: (label: string, at: Labelled) => void) => {
      for (const property of node.properties) {
        for (const marker of property.markers) {
          if (marker.kind === 'label') add(marker.ref, { node, property, marker });
        }
      }
    },
  ];
  for (const rank of ranks) {
    visit(top, (node) =>
      rank(node, (label, at) => {
        if (first.has(label)) found.push({ ...at, label });
        else first.set(label, at);
      }),
    );
  }
  if (found.length === 0) return;
  const order = new Map<LiveNode, number>();
  visit(top, (node) => order.set(node, order.size));
  found.sort((a, b) => order.get(a.node)! - order.get(b.node)!);
  for (const at of found) {
    report(at.node, `Duplicate label '${at.label}' on ${describe(at)} and ${describe(first.get(at.label)!)}`);
  }
}

function describe({ node, property, marker }: Labelled): string {
  const where = property === undefined ? node.path : `'${property.name}' in ${node.path}`;
  return marker === undefined ? where : `value of ${where}`;
}

function visit(node: LiveNode, action: (node: LiveNode) => void): void {
  if (node.deleted) return;
  action(node);
  for (const child of node.children) visit(child, action);
}

function explicitPhandles(node: LiveNode, context: CheckContext): void {
  const modern = explicitPhandle(node, 'phandle', context);
  const legacy = explicitPhandle(node, 'linux,phandle', context);
  const phandle = modern === 0 ? legacy : modern;
  if (phandle === 0) return;
  if (legacy !== 0 && modern !== 0 && legacy !== modern) {
    context.report(node, "mismatching 'phandle' and 'linux,phandle' properties");
  }
  const other = context.phandles.node(phandle);
  if (other === undefined) context.phandles.claim(node, phandle);
  else context.report(node, `duplicated phandle 0x${phandle.toString(16)} (seen before at ${other.path})`);
}

function explicitPhandle(node: LiveNode, name: string, { labels, report }: CheckContext): number {
  const property = node.property(name);
  if (property === undefined) return 0;
  const { value } = property;
  if (value.byteLength !== 4) {
    report(node, `bad length (${value.byteLength}) ${name} property`, property);
    return 0;
  }
  const reference = property.markers.find((marker) => marker.kind === 'phandle');
  if (reference !== undefined) {
    // A node may refer to itself: that asks for a phandle, which it gets with the other references.
    if (labels.find(reference.ref) !== node) report(node, `${name} is a reference to another node`);
    return 0;
  }
  const phandle = viewOf(value).getUint32(0);
  if (isPhandle(phandle)) return phandle;
  report(node, `bad value (0x${phandle.toString(16)}) in ${name} property`, property);
  return 0;
}

function phandleReferences(node: LiveNode, { labels, phandles, plugin, report }: CheckContext): void {
  // The list can grow while it is walked: a node that refers to itself gets its phandle here.
  const count = node.properties.length;
  for (let i = 0; i < count; i++) {
    const property = node.properties[i]!;
    for (const marker of property.markers) {
      if (marker.kind !== 'phandle') continue;
      const target = labels.find(marker.ref);
      if (target === undefined) {
        if (!plugin) report(node, `Reference to non-existent node or label "${marker.ref}"\n`);
        continue;
      }
      viewOf(property.value).setUint32(marker.offset, phandles.of(target));
      target.referenced = true;
    }
  }
}

/** Puts paths with their NULs into values, and moves the markers behind them. */
function pathReferences(node: LiveNode, { labels, report }: CheckContext): void {
  for (const property of node.properties) {
    if (!property.markers.some(({ kind }) => kind === 'path')) continue;
    const parts: Uint8Array[] = [];
    let taken = 0;
    let added = 0;
    for (const marker of property.markers) {
      const at = marker.offset;
      marker.offset += added;
      const target = marker.kind === 'path' ? labels.find(marker.ref) : undefined;
      if (target !== undefined) {
        const text = latin1Bytes(`${target.path}\0`);
        parts.push(property.value.subarray(taken, at), text);
        taken = at;
        added += text.byteLength;
        target.referenced = true;
      } else if (marker.kind === 'path') {
        report(node, `Reference to non-existent node or label "${marker.ref}"\n`);
      }
    }
    property.value = concatBytes([...parts, property.value.subarray(taken)]);
  }
}
