namespace Rondo.Lineage.Graph;

internal static class LineageKinds
{
    public const string Artifact = "artifact";
    public const string Execution = "execution";
    public const string Run = "run";
    public const string ModelVersion = "model-version";
    public const string DatasetVersion = "dataset-version";
    public const string Endpoint = "endpoint";
    public const string Commit = "commit";
    public const string Package = "package";
    public const string Event = "event";
}
