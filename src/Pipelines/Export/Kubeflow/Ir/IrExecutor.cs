namespace Rondo.Pipelines.Export.Kubeflow.Ir;

/// <summary>What runs: a container, or the import of something that is there already. Exactly one of the two is set.</summary>
internal sealed record IrExecutor(IrContainer? Container, IrImporter? Importer);

internal sealed record IrContainer(
    string Image,
    IReadOnlyList<string> Command,
    IReadOnlyList<string> Args,
    IReadOnlyList<IrEnvironmentVariable>? Env,
    IrResources? Resources
);

internal sealed record IrEnvironmentVariable(string Name, string Value);

/// <summary>Amounts are texts as Kubernetes reads them.</summary>
internal sealed record IrResources(string? ResourceCpuLimit, string? ResourceMemoryLimit, IrAccelerator? Accelerator);

internal sealed record IrAccelerator(string ResourceType, string ResourceCount);

/// <summary><paramref name="Reimport"/>: what is at the address may have changed since it was imported the last time.</summary>
internal sealed record IrImporter(IrRuntimeValue ArtifactUri, IrArtifactType TypeSchema, bool Reimport);
