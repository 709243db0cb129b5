using Rondo.Pipelines.Export.Kubeflow;
using Rondo.Sdk.Wire;

namespace Rondo.Pipelines.Export;

/// <summary>What an export to Kubeflow is for.</summary>
/// <param name="Project">The project's name.</param>
/// <param name="SdkVersion">The version of the Sdk that the project was built with.</param>
/// <param name="Image">The container image that has the project's program in <c>/app</c>.</param>
/// <param name="Entry">The file in <c>/app</c> that is started, for example <c>Demand.dll</c>.</param>
/// <param name="Platform">What will run it.</param>
public sealed record KfpTarget(
    string Project,
    string SdkVersion,
    string Image,
    string Entry,
    KfpPlatform Platform = KfpPlatform.Kubernetes
)
{
    /// <summary>The folder of the project's program in the image.</summary>
    public const string Folder = "/app";

    /// <summary>
    /// The target for a project; what is not said has the project's name: the image <c>PROJECT:latest</c> and the file <c>PROJECT.dll</c>.
    /// </summary>
    public static KfpTarget Of(Manifest manifest, string? image, string? entry, KfpPlatform platform) =>
        new(
            manifest.Project,
            manifest.SdkVersion,
            string.IsNullOrWhiteSpace(image) ? KfpNames.Slug(manifest.Project) + ":latest" : image,
            string.IsNullOrWhiteSpace(entry) ? manifest.Project + ".dll" : entry,
            platform
        );

    /// <summary>Whether the image is named by its content, so that another one cannot come under its name.</summary>
    internal bool IsPinned => Image.Contains("@sha256:", StringComparison.Ordinal);
}

/// <summary>What runs an exported pipeline.</summary>
public enum KfpPlatform
{
    /// <summary>Kubeflow Pipelines on Kubernetes: reads the second document.</summary>
    Kubernetes,

    /// <summary>Vertex AI Pipelines: reads the first document only.</summary>
    Vertex,
}
