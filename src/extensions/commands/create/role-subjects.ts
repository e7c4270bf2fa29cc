export const subjectFlags = {
  group: { type: 'array', description: 'A group that gets the role; may be given more than once.' },
  serviceaccount: { type: 'array', description: 'A service account that gets the role, NAMESPACE:NAME; may be given more than once.' },
  user: { type: 'array', description: 'A user that gets the role; may be given more than once.' },
} as const;

export const rbacGroup = 'rbac.authorization.k8s.io';

export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly apiGroup?: string;
  readonly namespace?: string;
}

/** The subjects of a binding: users, groups, service accounts. Throws for a service account that is not `NAMESPACE:NAME`. */
export function roleSubjects(flags: {
  readonly user: readonly string[];
  readonly group: readonly string[];
  readonly serviceaccount: readonly string[];
}): Subject[] {
  return [
    ...flags.user.map((name) => ({ kind: 'User', apiGroup: rbacGroup, name })),
    ...flags.group.map((name) => ({ kind: 'Group', apiGroup: rbacGroup, name })),
    ...flags.serviceaccount.map((text) => {
      const [namespace = '', name = '', ...more] = text.split(':');
      if (namespace === '' || name === '' || more.length > 0) throw new Error('serviceaccount must be <namespace>:<name>');
      return { kind: 'ServiceAccount', namespace, name };
    }),
  ];
}
