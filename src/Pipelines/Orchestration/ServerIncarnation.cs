namespace Rondo.Pipelines.Orchestration;

/// <summary>Names this start of this server. An attempt is owned by the incarnation that claimed it: the same server, started again, is another one.</summary>
internal sealed record ServerIncarnation(string Id);
