using Rondo.Sdk.Wire;

namespace Rondo.Sdk;

/// <summary>What a step of conversion gives: the model that takes the place of the original, and how it was found to be its equal.</summary>
/// <param name="Model">The converted model.</param>
/// <param name="Conversion">Size, latency and parity of both.</param>
public sealed record ConvertedModel(Ref<Model> Model, Ref<ModelConversion> Conversion);
