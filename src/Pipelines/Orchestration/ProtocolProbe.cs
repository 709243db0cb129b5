namespace Rondo.Pipelines.Orchestration;

/// <summary>The lines of the commit protocol, by name. A simulation throws at one of them, as a killed process would.</summary>
internal class ProtocolProbe
{
    public const string BeforeClaim = "claim.before";
    public const string InsideClaim = "claim.inside";
    public const string AfterClaim = "claim.after";
    public const string Staged = "staged";
    public const string Executed = "executed";
    public const string Adopted = "adopted";
    public const string BeforePublish = "publish.before";
    public const string InsidePublish = "publish.inside";
    public const string AfterPublish = "publish.after";
    public const string BeforeSettle = "settle.before";
    public const string InsideSettle = "settle.inside";
    public const string AfterSettle = "settle.after";
    public const string BeforeReap = "reap.before";
    public const string AfterReap = "reap.after";

    public virtual void Reach(string line) { }
}
