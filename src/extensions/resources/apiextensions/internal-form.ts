/** Versions of definitions as upstream's messages show them: its internal types as Go writes them in JSON, with every field. */
import type { DefinitionView, Version } from './definition-view.ts';
import { internalSchema } from './schema/internal-schema.ts';
import { type Json, readProps } from './schema/props.ts';

/** `spec.versions`, without what moved to the top. */
export const internalVersions = (view: DefinitionView): readonly Json[] => view.versions.map((version) => internalVersion(version, view));

function internalVersion(version: Version, view: DefinitionView): Json {
  const { schema, subresources } = version;
  const source = schema?.openAPIV3Schema;
  return {
    Name: version.name ?? '',
    Served: version.served ?? false,
    Storage: version.storage ?? false,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: view.hasSharedSchema || !schema ? null : { OpenAPIV3Schema: source ? internalSchema(readProps(source as Json)) : null },
    Subresources: view.hasSharedSubresources || !subresources ? null : internalSubresources(subresources),
    AdditionalPrinterColumns: view.hasSharedColumns ? null : (version.additionalPrinterColumns?.map(internalColumn) ?? null),
    SelectableFields: view.hasSharedSelectableFields ? null : (version.selectableFields?.map(({ jsonPath = '' }) => ({ JSONPath: jsonPath })) ?? null),
  };
}

function internalSubresources({ status, scale }: NonNullable<Version['subresources']>): Json {
  const { specReplicasPath = '', statusReplicasPath = '', labelSelectorPath = null } = scale ?? {};
  return {
    Status: status ? {} : null,
    Scale: scale ? { SpecReplicasPath: specReplicasPath, StatusReplicasPath: statusReplicasPath, LabelSelectorPath: labelSelectorPath } : null,
  };
}

function internalColumn({
  name = '',
  type = '',
  format = '',
  description = '',
  priority = 0,
  jsonPath = '',
}: NonNullable<Version['additionalPrinterColumns']>[number]): Json {
  return { Name: name, Type: type, Format: format, Description: description, Priority: priority, JSONPath: jsonPath };
}
