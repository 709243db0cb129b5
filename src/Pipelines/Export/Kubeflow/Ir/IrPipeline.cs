namespace Rondo.Pipelines.Export.Kubeflow.Ir;

/// <summary>
/// The first document of an export: a pipeline in Kubeflow's intermediate representation. Members have the names of its JSON form; what is
/// null is not written.
/// </summary>
internal sealed record IrPipeline(
    IrPipelineInfo PipelineInfo,
    string SchemaVersion,
    string SdkVersion,
    IrComponent Root,
    IrMap<IrComponent> Components,
    IrDeployment DeploymentSpec
)
{
    /// <summary>The version of the representation that this writes; servers accept no other.</summary>
    public const string Schema = "2.1.0";
}

/// <summary>What the pipeline is called.</summary>
internal sealed record IrPipelineInfo(string Name, string? Description);

/// <summary>What runs behind the components.</summary>
internal sealed record IrDeployment(IrMap<IrExecutor> Executors);

/// <summary>The second document of an export: what only one kind of platform understands.</summary>
internal sealed record IrPlatforms(IrMap<IrPlatform> Platforms);

internal sealed record IrPlatform(IrPlatformDeployment DeploymentSpec);

internal sealed record IrPlatformDeployment(IrMap<IrKubernetes> Executors);

/// <summary>Kubernetes' part of an executor.</summary>
internal sealed record IrKubernetes(IReadOnlyList<IrSecretAsEnv> SecretAsEnv);

/// <summary>Environment variables that take their values from one secret.</summary>
internal sealed record IrSecretAsEnv(string SecretName, IReadOnlyList<IrSecretKey> KeyToEnv, bool Optional = false);

internal sealed record IrSecretKey(string SecretKey, string EnvVar);
