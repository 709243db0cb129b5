namespace Rondo.Pipelines.Partitions;

/// <summary>What partitions of a pipeline are.</summary>
internal static class PartitionKinds
{
    public const string Hourly = "hourly";
    public const string Daily = "daily";
    public const string Weekly = "weekly";
    public const string Monthly = "monthly";
    public const string List = "list";
}
