/** CEL over devices: upstream's `dynamic-resource-allocation/cel`, for Kubernetes 1.36 with its default feature gates. */
import { check, compile, type Program } from '../cel/compile.ts';
import { estimateCost } from '../cel/estimate/estimate.ts';
import { kubernetesEnvironment } from '../cel/kubernetes/environment.ts';
import { quantityType, readQuantity } from '../cel/kubernetes/quantity-value.ts';
import { parseSemanticVersion } from '../cel/kubernetes/semantic-version.ts';
import { kubernetesCallRule } from '../cel/kubernetes/static-costs.ts';
import { bindingsLibrary } from '../cel/libraries/bindings.ts';
import type { Estimate } from '../cel/library.ts';
import { boolType, dynType, type Field, formatType, mapType, type ObjectType, stringType } from '../cel/types.ts';
import { EntryMap, EvaluationError, MapValue, ObjectValue, toInt, type Value } from '../cel/values.ts';
import type { DeviceAttribute } from '../generated/resource-v1.ts';
import { type DeviceSelection, type RefusedSelection, type SelectableDevice, selectionBudget } from './device-selectors.ts';

/** Checks an expression and estimates its cost. */
export function compileDeviceSelector(expression: string): DeviceSelection | RefusedSelection {
  const checked = check(expression, environment);
  if (checked.kind === 'rejected') return { kind: 'rejected', message: `compilation failed: ${checked.message}` };
  // The value of an attribute may be a boolean: its type is only known as it is read.
  const type = formatType(checked.type);
  if (type !== 'bool' && type !== 'dyn') return { kind: 'rejected', message: `must evaluate to bool or the unknown type, not ${type}` };
  let program: Program;
  try {
    program = compile(checked);
  } catch (error) {
    if (error instanceof EvaluationError) return { kind: 'rejected', message: `program instantiation failed: ${error.message}` };
    throw error;
  }
  const maximumCost = estimateCost(checked, { sizeOf: boundOf, callRule: kubernetesCallRule }).maximum;
  return { kind: 'compiled', maximumCost, matches: (device) => isMatch(program, device) };
}

function isMatch(program: Program, device: SelectableDevice): boolean {
  const { value, error } = program.evaluate({ device: deviceValue(device) }, { budget: selectionBudget });
  if (error) throw error;
  if (typeof value !== 'boolean')
    throw new Error(`CEL result of type ${nameOf(value)} could not be converted to bool: type conversion error from '${nameOf(value)}' to 'bool'`);
  return value;
}

const nameOf = (value: Value | undefined): string => {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number' || typeof value === 'bigint') return 'int';
  return typeof value === 'object' && value !== null && 'type' in value ? (value.type as { name: string }).name : 'map';
};

const fieldsOf = (fields: Readonly<Record<string, Field>>): Pick<ObjectType, 'field' | 'fieldNames'> => ({
  field: (name) => (Object.hasOwn(fields, name) ? fields[name] : undefined),
  fieldNames: () => Object.keys(fields),
});
const asIs = (native: unknown): Value => native as Value;
const deviceType: ObjectType = {
  ...{ kind: 'object', name: 'kubernetes.DRADevice', parameters: [] },
  ...fieldsOf({
    driver: { type: stringType },
    allowMultipleAllocations: { type: boolType },
    attributes: { type: mapType(stringType, mapType(stringType, dynType)), convert: asIs },
    capacity: { type: mapType(stringType, mapType(stringType, quantityType)), convert: asIs },
  }),
};
const environment = kubernetesEnvironment().extend({ libraries: [bindingsLibrary], variables: { device: deviceType } });

function deviceValue({ driver, allowMultipleAllocations = false, attributes = {}, capacity = {} }: SelectableDevice): ObjectValue {
  const native = {
    driver,
    allowMultipleAllocations,
    attributes: byDomain(driver, attributes, attributeValue),
    capacity: byDomain(driver, capacity, ({ value }) => readQuantity(String(value))),
  };
  return new ObjectValue(native, deviceType);
}

/** Names without a domain are the driver's own. */
function byDomain<Item>(driver: string, items: Readonly<Record<string, Item>>, valueOf: (item: Item, name: string) => Value): DomainMap {
  const domains = new Map<string, [Value, Value][]>();
  for (const [name, item] of Object.entries(items)) {
    const slash = name.indexOf('/');
    const domain = slash < 0 ? driver : name.slice(0, slash);
    const entries = domains.get(domain) ?? [];
    entries.push([name.slice(slash + 1), valueOf(item, name)]);
    domains.set(domain, entries);
  }
  return new DomainMap([...domains].map(([domain, entries]) => [domain, new EntryMap(entries)]));
}

/** A value of a kind that this release does not know fails the expression, also when it is not read: placing a pod wrongly is harder to mend than waiting. */
function attributeValue({ int, bool, string, version }: DeviceAttribute, name: string): Value {
  if (int !== undefined) return toInt(int);
  if (bool !== undefined) return bool;
  if (string !== undefined) return string;
  if (version === undefined) throw new EvaluationError(`attribute ${name}: unsupported attribute value`);
  const parsed = parseSemanticVersion(version);
  if (typeof parsed === 'string') throw new EvaluationError(`attribute ${name}: parse semantic version: ${parsed}`);
  return parsed;
}

const nothing = new EntryMap();

/** Looking up a domain that a device has nothing of gives an empty map, so that expressions need not ask before. */
class DomainMap extends MapValue {
  readonly #domains: EntryMap;

  constructor(domains: Iterable<readonly [Value, Value]>) {
    super();
    this.#domains = new EntryMap(domains);
  }

  get size(): number {
    return this.#domains.size;
  }

  get(key: Value): Value {
    return this.#domains.get(key) ?? nothing;
  }

  has(key: Value): boolean {
    return this.#domains.has(key);
  }

  keys(): Iterable<Value> {
    return this.#domains.keys();
  }

  entries(): Iterable<readonly [Value, Value]> {
    return this.#domains.entries();
  }
}

/** Bounds of what `device` can hold, for estimates: `DeviceMaxDomainLength`, `DeviceMaxIDLength`, `DriverNameMaxLength`, `DeviceAttributeMaxValueLength`. */
interface Bound {
  readonly most: number;
  readonly key?: Bound;
  readonly element?: Bound;
  readonly fields?: Readonly<Record<string, Bound>>;
}
const entriesPerDevice = 32;
const attributeBound: Bound = { most: 64 };
const mapOf = (key: number, element: Bound): Bound => ({ most: entriesPerDevice, key: { most: key }, element });
const deviceBound: Bound = {
  most: 0,
  fields: {
    driver: { most: 63 },
    allowMultipleAllocations: { most: 1 },
    attributes: mapOf(63, mapOf(32, attributeBound)),
    capacity: mapOf(63, mapOf(32, { most: 0 })),
  },
};

function boundOf([variable, ...path]: readonly string[]): Estimate | undefined {
  let current: Bound | undefined = variable === 'device' ? deviceBound : undefined;
  for (const step of path) {
    if (step === '@items' || step === '@values') current = current?.element;
    else if (step === '@keys') current = current?.key;
    else current = current?.fields?.[step] ?? (current?.element === attributeBound ? attributeBound : undefined);
    if (!current) return undefined;
  }
  return current && { minimum: 0, maximum: current.most };
}
