namespace Rondo.Monitoring;

/// <summary>Bounds of the prediction log: what waits at most, and what is written in one transaction.</summary>
public sealed record MonitoringOptions(int QueuedPredictionsMax = 20_000, int PredictionsPerWriteMax = 1000);
