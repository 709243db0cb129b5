using Rondo.Registry;
using Rondo.Sdk.Wire;

namespace Rondo.Serving;

/// <summary>The model version that answered, as the prediction log needs to know it.</summary>
public sealed record ServedVersion(string Id, ModelKey Model, long Version, ModelSignature Signature);
