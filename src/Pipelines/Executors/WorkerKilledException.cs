namespace Rondo.Pipelines.Executors;

/// <summary>A worker was killed before it was ready. Unlike one that ends by itself, the next one may well start.</summary>
internal sealed class WorkerKilledException(string message) : Exception(message);
