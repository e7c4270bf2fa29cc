import { equalValues } from '../../../api/custom-schema/equal-values.ts';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../../../api/generated/apiextensions-v1.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { type Json, readProps, type SchemaProps } from './schema/props.ts';

export type Definition = Draft<CustomResourceDefinition>;
export type Spec = NonNullable<Definition['spec']>;
export type Version = Loose<CustomResourceDefinitionVersion>;
export type Columns = Version['additionalPrinterColumns'];
export type Subresources = Version['subresources'];
export type SelectableFields = Version['selectableFields'];

/** Something that versions say, with the path of upstream's errors about it. */
export interface Said<Value> {
  readonly value: Value;
  readonly path: string;
}

/** A schema of a definition. */
export interface SaidSchema {
  readonly props: SchemaProps;
  /** Of the schema: ends in `.openAPIV3Schema`. */
  readonly path: string;
  /** The versions it is the schema of. */
  readonly versions: readonly string[];
  readonly hasStatus: boolean;
}

/**
 * A definition as upstream's validation sees it. What all versions say alike (always so, when there is one) has moved to the top, and its errors name `spec.validation`,
 * `spec.subresources`, `spec.additionalPrinterColumns` and `spec.selectableFields` (apiextensions v1 `conversion.go`).
 */
export class DefinitionView {
  readonly spec: Spec;
  readonly versions: readonly Version[];
  readonly hasSharedSchema: boolean;
  readonly hasSharedColumns: boolean;
  readonly hasSharedSubresources: boolean;
  readonly hasSharedSelectableFields: boolean;
  #schemas: readonly SaidSchema[] | undefined;

  constructor(spec: Spec) {
    this.spec = spec;
    this.versions = spec.versions ?? [];
    this.hasSharedSchema = isSame(this.versions, (version) => version.schema);
    this.hasSharedColumns = isSame(this.versions, (version) => emptyAsAbsent(version.additionalPrinterColumns));
    this.hasSharedSubresources = isSame(this.versions, (version) => version.subresources);
    this.hasSharedSelectableFields = isSame(this.versions, (version) => emptyAsAbsent(version.selectableFields));
  }

  /** The schemas there are, each once. */
  get schemas(): readonly SaidSchema[] {
    return (this.#schemas ??= this.#readSchemas());
  }

  /** The schema of a version of upstream's view; a shared one belongs to no version. */
  ownSchema(index: number): SaidSchema | undefined {
    return this.hasSharedSchema ? undefined : this.schemas.find(({ path }) => path.startsWith(`${versionPath(index)}.`));
  }

  get sharedSchema(): SaidSchema | undefined {
    return this.hasSharedSchema ? this.schemas[0] : undefined;
  }

  get columns(): readonly Said<Columns>[] {
    return this.#said(this.hasSharedColumns, 'additionalPrinterColumns', (version) => version.additionalPrinterColumns);
  }

  get subresources(): readonly Said<Subresources>[] {
    return this.#said(this.hasSharedSubresources, 'subresources', (version) => version.subresources);
  }

  #said<Value>(isShared: boolean, field: string, read: (version: Version) => Value): readonly Said<Value>[] {
    if (this.versions.length === 0) return [];
    if (isShared) return [{ value: read(this.versions[0]!), path: `spec.${field}` }];
    return this.versions.map((version, index) => ({ value: read(version), path: `${versionPath(index)}.${field}` }));
  }

  #readSchemas(): readonly SaidSchema[] {
    const found: SaidSchema[] = [];
    for (const [index, version] of (this.hasSharedSchema ? this.versions.slice(0, 1) : this.versions).entries()) {
      const source = version.schema?.openAPIV3Schema;
      if (!source) continue;
      found.push({
        props: readProps(source as Json),
        path: this.hasSharedSchema ? 'spec.validation.openAPIV3Schema' : `${versionPath(index)}.schema.openAPIV3Schema`,
        versions: (this.hasSharedSchema ? this.versions : [version]).map(({ name }) => name ?? ''),
        hasStatus: this.hasSharedSchema ? this.versions.some(({ subresources }) => subresources?.status !== undefined) : this.#hasStatus(version),
      });
    }
    return found;
  }

  #hasStatus(version: Version): boolean {
    return (this.hasSharedSubresources ? this.versions[0] : version)?.subresources?.status !== undefined;
  }
}

export const versionPath = (index: number): string => `spec.versions[${index}]`;

/** Whether the resource has been served. */
export const isEstablished = ({ status }: Definition): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Established' && condition.status === 'True') ?? false;

const emptyAsAbsent = <Item>(list: readonly Item[] | undefined): readonly Item[] | undefined => (list?.length ? list : undefined);

function isSame(versions: readonly Version[], read: (version: Version) => unknown): boolean {
  if (versions.length === 0) return false;
  const first = read(versions[0]!);
  return versions.every((version) => equalValues(read(version), first));
}
