package campaign

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
)

// photoPool is how many different pictures there are.
const photoPool = 40

// paint makes grey test cards in the card photograph's size (358 x 441): no face, real or invented, is needed here.
func (c *Campaign) paint() error {
	for i := range photoPool {
		picture := image.NewGray(image.Rect(0, 0, 358, 441))
		for y := range 441 {
			for x := range 358 {
				picture.SetGray(x, y, color.Gray{Y: uint8(255 - (x*(1+i%5)+y*(1+i/5))%97)})
			}
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: 80}); err != nil {
			return err
		}
		c.photos = append(c.photos, out.Bytes())
	}
	return nil
}

// photograph takes a picture.
func (c *Campaign) photograph(chance *rand.Rand) []byte { return c.photos[chance.IntN(len(c.photos))] }
