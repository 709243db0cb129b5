using System.Collections.Concurrent;
using Rondo.Registry;
using Rondo.Serving.Models;
using Rondo.Serving.OpenInference;

namespace Rondo.Serving.Routing;

/// <summary>
/// A model version loaded behind an endpoint. Requests enter and leave; once it is retired nobody enters any more, and the last
/// to leave puts the model away: a swap drops no request.
/// </summary>
internal sealed class Deployment
{
    private const int RetiredBit = 1 << 30;

    private readonly ConcurrentBag<InferenceSession> _sessions = [];
    private readonly ResponseWriter _writer;
    private int _active;

    public Deployment(string endpoint, ModelVersion version, LoadedModel model)
    {
        Model = model;
        Endpoint = endpoint;
        Version = new ServedVersion(
            version.Id,
            new ModelKey(version.Project, version.Environment, version.Model),
            version.Version,
            version.Proposal.Description.Signature
        );
        Format = version.Proposal.Description.Format;
        VersionText = version.Version.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Plan = new RequestPlan(Version.Signature, version.Proposal.Description.Preparation is not null);
        Check = RequestCheck.Of(version.Proposal.Schema, Version.Signature);
        _writer = new ResponseWriter(endpoint, VersionText, Version.Signature);
    }

    public string Endpoint { get; }

    public ServedVersion Version { get; }

    public string VersionText { get; }

    public string Format { get; }

    public LoadedModel Model { get; }

    public RequestPlan Plan { get; }

    public ResponseWriter Writer => _writer;

    /// <summary>What is expected of the values of a request; null: nothing is known.</summary>
    public RequestCheck? Check { get; }

    /// <summary>Whether a request with unexpected values is refused; else its answer says so.</summary>
    public bool Rejects { get; set; }

    public DeploymentCounters Counters { get; } = new();

    /// <summary>Whether the model has been put away.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Lets a request in; false once the deployment is retired: look at the newest routes again.</summary>
    public bool TryEnter()
    {
        if ((Interlocked.Increment(ref _active) & RetiredBit) == 0)
        {
            return true;
        }

        Exit();
        return false;
    }

    public void Exit()
    {
        if (Interlocked.Decrement(ref _active) == RetiredBit)
        {
            PutAway();
        }
    }

    /// <summary>Lets nobody in any more.</summary>
    public void Retire()
    {
        if (Interlocked.Or(ref _active, RetiredBit) == 0)
        {
            PutAway();
        }
    }

    public InferenceSession Rent() => _sessions.TryTake(out var session) ? session : new InferenceSession(this);

    public void Return(InferenceSession session)
    {
        session.Reset();
        _sessions.Add(session);
    }

    // A late TryEnter may see the bit, leave again, and come here a second time.
    private void PutAway()
    {
        lock (_sessions)
        {
            if (IsDisposed)
            {
                return;
            }

            IsDisposed = true;
            Model.Dispose();
            while (_sessions.TryTake(out var session))
            {
                session.Dispose();
            }
        }
    }
}
