namespace Rondo.Serving.OpenInference;

/// <summary>What a request says beside its tensors.</summary>
internal sealed class RequestHead
{
    public string? Id { get; set; }

    /// <summary>When what is predicted takes place: <c>parameters.event_time</c>.</summary>
    public DateTimeOffset? EventTime { get; set; }

    /// <summary>Which outputs are asked for, by their place in the signature; all where none is named.</summary>
    public bool[] Outputs { get; set; } = [];

    public bool AllOutputs { get; set; }

    public bool[] Seen { get; set; } = [];

    /// <summary>The values that the model's schema does not expect, in words; null: there is none.</summary>
    public List<string>? Unexpected { get; set; }

    public void Reset(RequestPlan plan)
    {
        Id = null;
        EventTime = null;
        Unexpected = null;
        AllOutputs = true;
        if (Seen.Length != plan.Count)
        {
            Seen = new bool[plan.Count];
            Outputs = new bool[plan.Signature.Outputs.Count];
        }

        Array.Clear(Seen);
        Array.Clear(Outputs);
    }
}
