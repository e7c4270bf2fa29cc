/** A definition of more than 10,000 lines, as generators of operators write them, with two objects. */
export function largeCase(): string {
  const sections = Array.from({ length: 66 }, (_, index) => section(`section${index}`));
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: installations.large.example.com
spec:
  group: large.example.com
  scope: Namespaced
  names:
    plural: installations
    singular: installation
    kind: Installation
    listKind: InstallationList
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        description: Everything one could want to install
        properties:
          spec:
            type: object
            properties:
${sections.join('')}---
objects:
- {apiVersion: large.example.com/v1, kind: Installation, metadata: {name: empty}, spec: {}}
- {apiVersion: large.example.com/v1, kind: Installation, metadata: {name: some}, spec: {section0: {name: a}, section59: {name: b, containers: [{name: c}], affinity: {weight: 5}}}}
refused:
- {apiVersion: large.example.com/v1, kind: Installation, metadata: {name: bad}, spec: {section7: {containers: [{name: C, image: 5}], affinity: {weight: 500}}, section66: {}}}
- {apiVersion: large.example.com/v1, kind: Installation, metadata: {name: bad}, spec: {section7: {containers: [{}], affinity: {weight: 500}}}}
explain: [installation.spec.section31.containers]
`;
}

const section = (name: string): string => `              ${name}:
                type: object
                description: Settings of ${name}
                properties:
                  name:
                    type: string
                    description: What ${name} is called
                    default: ${name}
                  affinity:
                    type: object
                    properties:
                      weight:
                        type: integer
                        format: int32
                        minimum: 1
                        maximum: 100
                      terms:
                        type: array
                        items:
                          type: object
                          required:
                          - key
                          - operator
                          properties:
                            key:
                              type: string
                              description: The label key
                            operator:
                              type: string
                              enum:
                              - In
                              - NotIn
                              - Exists
                              - DoesNotExist
                            values:
                              type: array
                              items:
                                type: string
                  containers:
                    type: array
                    x-kubernetes-list-type: map
                    x-kubernetes-list-map-keys:
                    - name
                    items:
                      type: object
                      required:
                      - name
                      properties:
                        name:
                          type: string
                          pattern: ^[a-z]+$
                        image:
                          type: string
                        imagePullPolicy:
                          type: string
                          default: IfNotPresent
                          enum:
                          - Always
                          - IfNotPresent
                          - Never
                        ports:
                          type: array
                          items:
                            type: object
                            required:
                            - containerPort
                            properties:
                              containerPort:
                                type: integer
                                format: int32
                              protocol:
                                type: string
                                default: TCP
                              hostPort:
                                x-kubernetes-int-or-string: true
                        env:
                          type: array
                          items:
                            type: object
                            required:
                            - name
                            properties:
                              name:
                                type: string
                              value:
                                type: string
                              valueFrom:
                                type: object
                                properties:
                                  secretKeyRef:
                                    type: object
                                    x-kubernetes-map-type: atomic
                                    required:
                                    - key
                                    properties:
                                      key:
                                        type: string
                                      name:
                                        type: string
                                        default: ""
                                      optional:
                                        type: boolean
                        resources:
                          type: object
                          properties:
                            limits:
                              type: object
                              additionalProperties:
                                pattern: ^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$
                                x-kubernetes-int-or-string: true
                                anyOf:
                                - type: integer
                                - type: string
                            requests:
                              type: object
                              additionalProperties:
                                x-kubernetes-int-or-string: true
                  labels:
                    type: object
                    additionalProperties:
                      type: string
                  nodeSelector:
                    type: object
                    additionalProperties:
                      type: string
                    x-kubernetes-map-type: atomic
                  tolerations:
                    type: array
                    items:
                      type: object
                      properties:
                        effect:
                          type: string
                        key:
                          type: string
                        operator:
                          type: string
                        tolerationSeconds:
                          type: integer
                          format: int64
                        value:
                          type: string
                  priority:
                    type: integer
                    nullable: true
                  volumeClaim:
                    type: object
                    x-kubernetes-embedded-resource: true
                    x-kubernetes-preserve-unknown-fields: true
                  raw:
                    type: object
                    x-kubernetes-preserve-unknown-fields: true
                  ${name}Enabled:
                    type: boolean
                    description: Whether ${name} is installed
                    default: true
                  ${name}Replicas:
                    type: integer
                    minimum: 0
                    description: How many of ${name} there are
                    default: 1
`;
