using System.Collections.Concurrent;
using Microsoft.ML;
using Rondo.Sdk.Wire;
using Rondo.Serving.Models;

namespace Rondo.Providers.MLNet;

/// <summary>A loaded transformer chain, asked row by row. A scorer serves one request at a time; idle ones are kept.</summary>
internal sealed class MLNetModel : IModel
{
    private readonly ITransformer _transformer;
    private readonly DataViewSchema _schema;
    private readonly ModelSignature _signature;
    private readonly ConcurrentBag<RowScorer> _idle = [];

    public MLNetModel(ITransformer transformer, DataViewSchema schema, ModelSignature signature)
    {
        _transformer = transformer;
        _schema = schema;
        _signature = signature;

        // Whatever does not fit the signature is found here, before there is traffic.
        _idle.Add(Create());
    }

    public void Predict(InferenceBatch batch)
    {
        if (!_idle.TryTake(out var scorer))
        {
            scorer = Create();
        }

        scorer.Score(batch);
        _idle.Add(scorer);
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var scorer))
        {
            scorer.Dispose();
        }

        (_transformer as IDisposable)?.Dispose();
    }

    private RowScorer Create() => new(_transformer, _schema, _signature);
}
