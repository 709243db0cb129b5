using System.Text.Json;

namespace Rondo.Monitoring;

/// <summary>What an evaluation found.</summary>
public enum WindowState
{
    /// <summary>Within the limit.</summary>
    Passed,

    /// <summary>Over the limit: an alert was raised.</summary>
    Alert,

    /// <summary>Too little to say anything; the details say what is missing.</summary>
    Insufficient,
}

/// <summary>Data of <c>monitor.evaluated</c>; the subject is the endpoint.</summary>
public sealed record MonitorEvaluatedEvent(
    string Endpoint,
    string Monitor,
    string Kind,
    string Metric,
    DateTimeOffset WindowFrom,
    DateTimeOffset WindowTo,
    int N,
    double? Value,
    double Limit,
    WindowState State
)
{
    public const string Type = "monitor.evaluated";
}

/// <summary>Data of <c>alert.raised</c>; the subject is the endpoint. <paramref name="Details"/> is the evidence, as its kind of monitor has it.</summary>
public sealed record AlertRaisedEvent(
    string AlertId,
    string Endpoint,
    string Monitor,
    string Kind,
    string Model,
    long? ModelVersion,
    string Metric,
    double Value,
    double Limit,
    DateTimeOffset WindowFrom,
    DateTimeOffset WindowTo,
    int N,
    JsonElement Details
)
{
    public const string Type = "alert.raised";
}
