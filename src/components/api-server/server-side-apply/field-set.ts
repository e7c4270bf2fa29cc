/**
 * A set of fields of an object, as `managedFields` records it (FieldsV1): a tree of path elements `f:name`, `k:{"key":"value"}` (item of a keyed list) and
 * `v:value` (member of a set), in which `.` marks that the element itself belongs to the set.
 */
export class FieldSet {
  isMember = false;
  readonly children = new Map<string, FieldSet>();

  /** The child of an element, made when missing. */
  at(element: string): FieldSet {
    let child = this.children.get(element);
    if (!child) this.children.set(element, (child = new FieldSet()));
    return child;
  }

  get isEmpty(): boolean {
    return !this.isMember && this.children.size === 0;
  }

  toJson(): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    // A leaf is a member without saying so.
    if (this.isMember && this.children.size > 0) result['.'] = {};
    for (const [element, child] of [...this.children].sort(([left], [right]) => (left < right ? -1 : 1))) result[element] = child.toJson();
    return result;
  }

  static fromJson(value: unknown): FieldSet {
    const set = new FieldSet();
    if (typeof value !== 'object' || value === null) return set;
    const entries = Object.entries(value);
    set.isMember = entries.length === 0;
    for (const [element, inner] of entries) {
      if (element === '.') set.isMember = true;
      else set.children.set(element, FieldSet.fromJson(inner));
    }
    return set;
  }
}

/** Members of `left` that are not in `right`. */
export function difference(left: FieldSet, right: FieldSet | undefined): FieldSet {
  const result = new FieldSet();
  result.isMember = left.isMember && !right?.isMember;
  for (const [element, child] of left.children) {
    const rest = difference(child, right?.children.get(element));
    if (!rest.isEmpty) result.children.set(element, rest);
  }
  return result;
}

/** Members of both. */
export function intersection(left: FieldSet, right: FieldSet): FieldSet {
  const result = new FieldSet();
  result.isMember = left.isMember && right.isMember;
  for (const [element, child] of left.children) {
    const other = right.children.get(element);
    const both = other && intersection(child, other);
    if (both && !both.isEmpty) result.children.set(element, both);
  }
  return result;
}

/** The paths of the members, as conflict messages show them: `.spec.containers[name="web"].image`. */
export function memberPaths(set: FieldSet, path = ''): string[] {
  const paths = set.isMember ? [path] : [];
  for (const [element, child] of set.children) paths.push(...memberPaths(child, path + elementText(element)));
  return paths;
}

function elementText(element: string): string {
  const value = element.slice(2);
  if (element.startsWith('f:')) return `.${value}`;
  if (element.startsWith('v:')) return `[=${value}]`;
  const keys = JSON.parse(value) as Record<string, unknown>;
  return `[${Object.entries(keys)
    .map(([name, key]) => `${name}=${JSON.stringify(key)}`)
    .join(',')}]`;
}
