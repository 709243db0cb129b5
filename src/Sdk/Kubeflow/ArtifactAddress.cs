namespace Rondo.Sdk.Kubeflow;

/// <summary>Addresses of artifacts, and the folders under which Kubeflow and Vertex AI lay them for a container.</summary>
internal static class ArtifactAddress
{
    private static readonly (string Scheme, string Folder)[] s_stores =
    [
        ("gs://", "/gcs/"),
        ("s3://", "/s3/"),
        ("minio://", "/minio/"),
    ];

    /// <summary>Where the bytes are, or are to be written.</summary>
    public static string PathOf(string uri)
    {
        foreach (var (scheme, folder) in s_stores)
        {
            if (uri.StartsWith(scheme, StringComparison.Ordinal))
            {
                return folder + uri[scheme.Length..];
            }
        }
        if (uri.StartsWith("file://", StringComparison.Ordinal))
        {
            return new Uri(uri).LocalPath;
        }
        return !uri.Contains("://", StringComparison.Ordinal)
            ? uri
            : throw new RondoException(
                ErrorCode.InvalidArgument,
                $"The address '{uri}' is in no store that Kubeflow brings to a container.",
                "Use gs://, s3:// or minio://, or a path of a folder that is mounted."
            );
    }
}
